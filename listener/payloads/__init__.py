"""What platforms send, read: pure functions, one file for each platform that needs much of it."""
