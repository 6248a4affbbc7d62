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

-- The page's title is its heading of the first level: those of the text come below it, with the
-- numbers that they had.
local function below_title(doc)
  local counts = {}
  return doc:walk({
    Header = function(header)
      if PANDOC_WRITER_OPTIONS.number_sections and not header.classes:includes("unnumbered") then
        counts[header.level] = (counts[header.level] or 0) + 1
        local parts = {}
        for level = 1, header.level do
          counts[level] = counts[level] or 0
          parts[level] = tostring(counts[level])
        end
        for level = header.level + 1, 6 do
          counts[level] = 0
        end
        local mark = pandoc.Span(table.concat(parts, "."), { class = "header-section-number" })
        header.content:insert(1, pandoc.Space())
        header.content:insert(1, mark)
        header.classes:insert("unnumbered")
      end
      header.level = header.level + 1
      return header
    end,
  })
end

-- Where each number comes from, which the page shows on a number: `origins.json` beside
-- index.qmd, where there is one.
function Pandoc(doc)
  if not quarto.doc.is_format("html") then
    return nil
  end
  doc = below_title(doc)
  local file = io.open("origins.json", "r")
  if not file then
    return doc
  end
  local text = file:read("a"):gsub("<", "\\u003c")
  file:close()
  local script = '<script type="application/json" id="origins">' .. text .. "</script>"
  doc.blocks:insert(pandoc.RawBlock("html", script))
  return doc
end
