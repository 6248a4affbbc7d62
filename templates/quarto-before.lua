-- Before Quarto's own filters: what differs by format and is no matter of the text.

function Image(image)
  -- Word shows pictures as PNG, which the build draws beside each SVG.
  if quarto.doc.is_format("docx") then
    image.src = image.src:gsub("%.svg$", ".png")
    return image
  end
end

function Div(div)
  -- The paper has its own page on its side (`landscape` in paper.typ).
  if quarto.doc.is_format("typst") and div.classes:includes("landscape") then
    div.content:insert(1, pandoc.RawBlock("typst", "#landscape["))
    div.content:insert(pandoc.RawBlock("typst", "]"))
    return div.content
  end
end
