"""A Docker engine and an image for it, where no registry is in reach."""
