"""Who is it that asks, and what may they do: sessions, passwords, links that sign in once, a proxy's word."""
