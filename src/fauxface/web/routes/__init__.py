"""The routes: pages for people, the API for programs, and what an operator asks."""
