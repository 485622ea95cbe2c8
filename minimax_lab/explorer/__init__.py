"""The explorer: games and rules as one page that a browser shows, without a server."""
