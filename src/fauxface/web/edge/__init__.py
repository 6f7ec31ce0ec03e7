"""What every request passes before a route sees it: headers, bodies, uploads, and whether there is room."""
