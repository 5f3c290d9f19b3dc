"""What an ordinary Django developer would write first, with the ORM: kept as the baseline.

It is not made slow on purpose: no reading is locked, no repeat or late reading is thought of, and a
crash between two statements leaves half of the work.
"""
