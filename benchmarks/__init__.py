"""What was measured, each as a script that prints its figures; see README.md here."""
