-- After Quarto's own filters.

-- A cross-reference is `#ref(<fig-a>, supplement: [` Figure `])`. Typst reads on as far as code
-- can go, and would swallow a semicolon of the text behind it: end the code here.
function Inlines(inlines)
  local inside = false
  for _, raw in ipairs(inlines) do
    if raw.t == "RawInline" and raw.format == "typst" then
      if raw.text:match("^#ref%(") then
        inside = true
      elseif inside and raw.text == "])" then
        raw.text, inside = "]);", false
      end
    end
  end
  return inlines
end

-- Where each number comes from, which the page shows on a number: `origins.json` beside
-- index.qmd, where there is one.
function Pandoc(doc)
  local file = quarto.doc.is_format("html") and io.open("origins.json", "r")
  if not file then
    return nil
  end
  local text = file:read("a"):gsub("<", "\\u003c")
  file:close()
  local script = '<script type="application/json" id="origins">' .. text .. "</script>"
  doc.blocks:insert(pandoc.RawBlock("html", script))
  return doc
end
