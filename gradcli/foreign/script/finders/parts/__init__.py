"""What several finders share, or what one is made of: choosing among cuts, leaves that lack a flag, edits of a kind."""
