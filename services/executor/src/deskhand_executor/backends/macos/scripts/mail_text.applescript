-- The text of the selected mail, if it still is the same one and Mail has its text; else an empty one.
-- argv: boundary, timeout, message id
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theMessageId to item 3 of argv
	set theText to ""
	with timeout of patience seconds
		tell application "Mail"
			launch
			set theMessages to selection
			if theMessages is not missing value and theMessages is not {} then
				set theMail to item 1 of theMessages
				if message id of theMail is theMessageId then
					-- A mail that is not fetched yet has no text, and is answered all the same.
					try
						set theText to (content of theMail) as text
					end try
				end if
			end if
		end tell
	end timeout
	return my joined(boundary, {theText})
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
