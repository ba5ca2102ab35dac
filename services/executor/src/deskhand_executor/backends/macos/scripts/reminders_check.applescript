-- Asks for the permission to control Reminders, and counts something harmless.
-- argv: boundary, timeout
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	with timeout of patience seconds
		tell application "Reminders"
			launch
			set theCount to count of every list
		end tell
	end timeout
	return my joined(boundary, {theCount})
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
