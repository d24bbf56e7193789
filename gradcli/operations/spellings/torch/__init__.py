"""torch's calls where they are not a row's own: several results, other arguments, modes. Methods are torch's too."""
