"""What the page can do, whoever asks: the routes for people and those for programs call the same services."""
