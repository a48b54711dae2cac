"""The widgets, one a file: properties in, events out."""
