"""The check of sparse derivatives: entries in enclosures, and all of them along a random direction."""
