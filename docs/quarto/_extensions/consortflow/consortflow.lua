-- A filter for pandoc and Quarto that draws study files with the command `consortflow`:
--
--   ::: {.consortflow #fig-flow study="trial.consort.yaml" width="170mm"}
--   A caption of your own; without one, the legend of the study.
--   :::
--
-- HTML, EPUB and Typst get SVG, PDF gets PDF, Word and everything else PNG. A study with errors ends the run; consortflow
-- prints what is wrong, and where.

local kinds = {
  html = "svg", html4 = "svg", html5 = "svg", revealjs = "svg", slidy = "svg", epub = "svg", epub2 = "svg",
  epub3 = "svg", typst = "svg", gfm = "svg", markdown = "svg", commonmark = "svg", commonmark_x = "svg", jats = "svg",
  latex = "pdf", beamer = "pdf", pdf = "pdf", context = "pdf",
}
local mime = { svg = "image/svg+xml", pdf = "application/pdf", png = "image/png" }

local function run(arguments)
  local command = os.getenv("CONSORTFLOW") or "consortflow"
  local ok, output = pcall(pandoc.pipe, command, arguments, "")
  if not ok then
    local said = type(output) == "table" and tostring(output.output or "") or tostring(output)
    error("consortflow " .. table.concat(arguments, " ") .. " failed; its findings stand above. " .. said, 0)
  end
  return output
end

local function unescaped(text)
  local letters = { lt = "<", gt = ">", quot = '"', amp = "&", ["#39"] = "'" }
  return (text:gsub("&(#?%w+);", letters))
end

local function stem(path)
  local name = path:gsub("^.*[/\\]", "")
  return (name:gsub("%.consort%.ya?ml$", ""):gsub("%.ya?ml$", ""):gsub("[^%w_-]+", "-"))
end

-- The image of a study file, its alternative text told by the figure itself.
local function image(study, options, caption, attr)
  local kind = kinds[(FORMAT or ""):gsub("[+-].*$", "")] or "png"
  local wishes = {}
  for _, key in ipairs({ "theme", "width" }) do
    if options[key] and options[key] ~= "" then
      table.insert(wishes, "--" .. key)
      table.insert(wishes, options[key])
    end
  end
  local function draw(form)
    local arguments = { "draw", study, "--format", form, "-o", "-" }
    for _, wish in ipairs(wishes) do table.insert(arguments, wish) end
    return run(arguments)
  end
  local svg = draw("svg")
  local picture = kind == "svg" and svg or draw(kind)
  local name = stem(study) .. "-flow-" .. pandoc.utils.sha1(picture):sub(1, 8) .. "." .. kind
  pandoc.mediabag.insert(name, mime[kind], picture)
  local words = unescaped(svg:match("<desc[^>]*>(.-)</desc>") or "")
  attr = attr or pandoc.Attr()
  attr.attributes["alt"] = words
  if quarto then attr.attributes["fig-alt"] = words end
  return pandoc.Image(caption or {}, name, "", attr)
end

local function legend(study)
  local told = pandoc.read(run({ "legend", study, "--format", "markdown" }), "markdown")
  return pandoc.utils.blocks_to_inlines(told.blocks)
end

local function Div(div)
  if not div.classes:includes("consortflow") then return nil end
  local study = div.attributes.study or div.attributes.file
  if not study then error('consortflow: ::: {.consortflow study="FILE"} names the study file', 0) end
  local caption = pandoc.utils.blocks_to_inlines(div.content)
  if #caption == 0 and div.attributes.legend ~= "no" then caption = legend(study) end
  local id = div.identifier
  if pandoc.Figure and not quarto then
    local drawn = image(study, div.attributes, {})
    return pandoc.Figure({ pandoc.Plain({ drawn }) }, { pandoc.Plain(caption) }, pandoc.Attr(id, { "consortflow" }))
  end
  local drawn = image(study, div.attributes, caption, pandoc.Attr(id, { "consortflow" }))
  if #caption > 0 then drawn.title = "fig:" end -- how pandoc 2 and Quarto tell a figure from an image in a line
  return pandoc.Para({ drawn })
end

return { { Div = Div }, image = image }
