"""A built page for tests: the same kinds of files as the real one, a few bytes each."""

from pathlib import Path

INDEX = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'">
<link rel="icon" href="./icon.svg" />
<script type="module" src="./page.js"></script>
<link rel="stylesheet" href="./page.css">
<title>Latent space</title>
</head>
<body><div id="app"></div></body>
</html>
"""
SCRIPT = 'const a = "<script>x</script>", b = "<!-- </SCRIPT >", c = 1 < 2; // é\nexport {};\n'
STYLE = 'p::after { content: "</style>"; }\n'
FILES = {
    "index.html": INDEX,
    "page.js": SCRIPT,
    "page.css": STYLE,
    "engine-wasm.js": "export const engine = 'wasm';",
    "engine-webgpu.js": "export const engine = 'webgpu';",
    "ort-wasm.wasm": "\0asm",
    "ort-webgpu.wasm": "\0asm, the other one",
    "licences.txt": "free",
    "icon.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
}


def build_page(folder: Path, **changes: str) -> dict[str, Path]:
    """Write such a page and return its files by name, as ``built_page`` does."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**FILES, **changes}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: folder / name for name in {**FILES, **changes}}
