"""What every request passes before a route sees it: its size, pace, address and headers, and whether there is room."""
