-- A window with a new mail, by a mailto URL: what a script writes into a mail itself, Mail marks as quoted.
-- argv: boundary, timeout, mailto URL
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theLink to item 3 of argv
	with timeout of patience seconds
		tell application "Mail"
			launch
			mailto theLink
			activate
		end tell
	end timeout
	return my joined(boundary, {"opened"})
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
