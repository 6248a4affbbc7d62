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
