-- The lists of reminders: the default one's name, then all names.
-- argv: boundary, timeout
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	with timeout of patience seconds
		tell application "Reminders"
			launch
			set theDefault to name of default list
			set theNames to name of every list
		end tell
	end timeout
	return my joined(boundary, {theDefault} & theNames)
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
