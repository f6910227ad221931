"""The web console: pages for people, and what guards them."""
