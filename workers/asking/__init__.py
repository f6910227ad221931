"""What is asked of a provider: ordered tasks that never came, fresh links."""
