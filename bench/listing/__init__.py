"""How long lists take among millions: with the index, and without it."""
