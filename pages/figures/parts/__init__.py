"""Stock panels and marks that several figures share."""
