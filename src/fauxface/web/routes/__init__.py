"""The addresses: pages for people, and the API for programs and for whoever runs the server."""
