"""What posts are about: topics that keep their identity from one fit to the next."""
