"""What the figures of games share: a colour for each player, and how a coalition is written."""

PLAYERS = ("model", "force", "third", "second", "fourth")  # roles of players 1 to 5
UP, DOWN = "model", "force"  # contributions that raise and that lower the value


def members(index: int, apart: str = "") -> str:
    """The coalition with this index, players counted from 1: 5 is "13", 0 is "∅"."""
    inside = [str(i + 1) for i in range(int(index).bit_length()) if int(index) >> i & 1]
    return apart.join(inside) or "∅"
