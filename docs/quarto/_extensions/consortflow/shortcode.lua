-- {{< consortflow trial.consort.yaml width=170mm >}}: the figure where Quarto numbers and captions it itself:
--
--   ::: {#fig-flow}
--   {{< consortflow trial.consort.yaml >}}
--
--   Participant flow.
--   :::

local folder = (PANDOC_SCRIPT_FILE or ""):gsub("[^/\\]*$", "")
if quarto and quarto.utils and quarto.utils.resolve_path then folder = "" end

local function consortflow(arguments, named)
  local path = quarto and quarto.utils.resolve_path("consortflow.lua") or folder .. "consortflow.lua"
  local drawing = dofile(path)
  local options = {}
  for _, key in ipairs({ "theme", "width" }) do
    options[key] = named[key] and pandoc.utils.stringify(named[key]) or nil
  end
  return pandoc.Para({ drawing.image(pandoc.utils.stringify(arguments[1]), options) })
end

return { consortflow = consortflow }
