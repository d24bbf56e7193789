"""Rules of rows whose text depends on shapes, modes or constants, one file a subject: functions that give the text.

What a rule may say is told at ``Op.rule``.
"""
