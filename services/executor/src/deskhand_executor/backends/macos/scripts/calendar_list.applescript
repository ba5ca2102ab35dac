-- The calendars: a count, all names, whether each can be written to.
-- argv: boundary, timeout
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	with timeout of patience seconds
		tell application "Calendar"
			launch
			set theNames to name of calendars
			set theFlags to writable of calendars
		end tell
	end timeout
	return my joined(boundary, {count of theNames} & theNames & theFlags)
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
