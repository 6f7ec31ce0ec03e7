"""The description of the API (OpenAPI): how a key is shown, and on which routes it is taken."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

_SCHEMES: Final[dict[str, Any]] = {
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key that whoever runs this server made with `fauxface keys add`.",
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same key as `Authorization: Bearer …`."},
}
KEYED: Final[dict[str, Any]] = {"security": [{}, {"key": []}, {"bearer": []}]}
"""For routes that take a key; the empty way is struck out where the server answers nobody without one."""


def describe(app: FastAPI, *, require_key: bool) -> None:
    """Have the app's description tell of keys.

    Args:
        app: with all its routes; those with `KEYED` in their ``openapi_extra`` take a key.
        require_key: nobody is answered without one.
    """
    plain = app.openapi

    def described() -> dict[str, Any]:
        told = plain()
        told.setdefault("components", {})["securitySchemes"] = _SCHEMES
        _say_binary(told["components"].get("schemas"))
        for way in (way for path in told["paths"].values() for way in path.values()):
            if require_key and "security" in way:
                way["security"] = [one for one in way["security"] if one]
        return told

    app.openapi = described


def _say_binary(part: Any) -> None:
    """Call files what most programs know: without ``format: binary`` the viewer offers no way to choose several."""
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        if isinstance(value, dict) and value.get("contentMediaType") == "application/octet-stream":
            value["format"] = "binary"
        _say_binary(value)
