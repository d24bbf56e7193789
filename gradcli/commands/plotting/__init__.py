"""What is plotted: functions and derivatives at many points, with what is special about them, before it is drawn."""
