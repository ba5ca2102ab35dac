-- The mail that is selected in Mail: its message id, subject, sender, address for replies; or nothing.
-- argv: boundary, timeout
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theFields to {}
	with timeout of patience seconds
		tell application "Mail"
			launch
			set theMessages to selection
			if theMessages is not missing value and theMessages is not {} then
				set theMail to item 1 of theMessages
				set theFields to {message id of theMail, subject of theMail, sender of theMail, reply to of theMail}
			end if
		end tell
	end timeout
	return my joined(boundary, theFields)
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
