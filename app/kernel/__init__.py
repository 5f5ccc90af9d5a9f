"""The ground floor: session, clock, errors, events, outbox. Imports nothing from the house above."""
