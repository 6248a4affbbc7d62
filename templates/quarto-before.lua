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

-- Quarto puts an unnumbered heading into a block of its own, where it loses the space above.
function Header(header)
  if quarto.doc.is_format("typst") and header.classes:includes("unnumbered") then
    local inlines = pandoc.Inlines(header.content)
    local before = "#heading(level: " .. header.level .. ", numbering: none)["
    inlines:insert(1, pandoc.RawInline("typst", before))
    inlines:insert(pandoc.RawInline("typst", "] <" .. header.identifier .. ">"))
    return pandoc.Para(inlines)
  end
end

-- The page has its own callouts (`.callout` in page.css), with the kind for want of a title.
function Callout(callout)
  if not quarto.doc.is_format("html") then
    return nil
  end
  local kind = callout.type
  local title = callout.title
  if title == nil or pandoc.utils.stringify(title) == "" then
    title = kind:sub(1, 1):upper() .. kind:sub(2)
  end
  local blocks = pandoc.Blocks({ pandoc.Div(pandoc.Plain(quarto.utils.as_inlines(title)), { class = "callout-title" }) })
  blocks:extend(quarto.utils.as_blocks(callout.content))
  return pandoc.Div(blocks, { class = "callout callout-" .. kind, role = "note" })
end
