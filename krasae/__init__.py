"""The shell: it starts things and owns nothing."""
