"""A hasher of passwords that is weak on purpose: a real hash takes 180 ms."""

import argon2

WEAK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
