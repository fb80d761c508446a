"""The OpenAPI page at /docs, whose every file is served from here: it needs no internet."""

from importlib.resources import files

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

ASSETS = str(files("fastapi_offline") / "static")

# What the page is made of comes from here; a style is set on single elements by Swagger UI.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Zhengzhou Factbook</title>
<link rel="stylesheet" href="{root}/docs/assets/swagger-ui.css">
<link rel="icon" href="{root}/docs/assets/favicon.png">
</head>
<body>
<div id="swagger-ui" data-openapi="{root}/openapi.json"></div>
<script src="{root}/docs/assets/swagger-ui-bundle.js"></script>
<script src="{root}/docs/start.js"></script>
</body>
</html>
"""

# Swagger UI would fill every parameter in with its example, and ask them all at once.
START = """const address = document.getElementById("swagger-ui").dataset.openapi;
fetch(address).then((answer) => answer.json()).then((spec) => {
  for (const operations of Object.values(spec.paths)) {
    for (const parameter of Object.values(operations).flatMap((operation) => operation.parameters || [])) {
      if (!parameter.required) {
        parameter.description += " For example `" + [].concat(parameter.example).join(",") + "`.";
        delete parameter.example;
      }
    }
  }
  SwaggerUIBundle({
    spec: spec,
    dom_id: "#swagger-ui",
    deepLinking: true,
    filter: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    validatorUrl: null,
  });
});
"""


def install(app: FastAPI, root_path: str) -> None:
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    def show_docs() -> Response:
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
        return HTMLResponse(PAGE.format(root=root_path), headers=headers)

    @router.get("/docs/start.js")
    def start_docs() -> Response:
        return Response(START, media_type="text/javascript")

    app.include_router(router)
    app.mount("/docs/assets", StaticFiles(directory=ASSETS))
