"""The mathematics of Saddlepoint: torch in, frozen records out, no user interface."""
