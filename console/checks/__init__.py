"""What `fixative doctor` looks at: named checks, each with its mend."""
