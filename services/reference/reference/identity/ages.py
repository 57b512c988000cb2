"""Ages, and from which on what is allowed."""

from __future__ import annotations

from datetime import date

# The United States' law on children's data asks for a parent's consent below this:
# https://www.ecfr.gov/current/title-16/part-312
YOUNGEST = 13
ADULT = 18


def age(birth_date: date, today: date) -> int:
    """Whole years of life. Who was born on 29 February is a year older on 1 March."""
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return today.year - birth_date.year - (not had_birthday)


def is_adult(birth_date: date, today: date) -> bool:
    """Whether who was born on this date is of age today."""
    return age(birth_date, today) >= ADULT
