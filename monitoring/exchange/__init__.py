"""Files of readings and consumption: what comes in, and what goes out."""
