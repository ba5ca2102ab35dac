-- Sends a text by iMessage, or by SMS where iMessage does not know the number: by which; or none without an account.
-- A failure after the text may be out is not tried by the other way.
-- argv: boundary, timeout, number, text
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theNumber to item 3 of argv
	set theText to item 4 of argv
	set theService to "none"
	with timeout of patience seconds
		tell application "Messages"
			launch
			set theAccounts to (every account whose service type is iMessage and enabled is true)
			if theAccounts is not {} then
				try
					send theText to participant theNumber of item 1 of theAccounts
					set theService to "iMessage"
				on error theWords number theCode
					if theCode is not -1728 then error theWords number theCode
				end try
			end if
			if theService is "none" then
				set theAccounts to (every account whose service type is SMS and enabled is true)
				if theAccounts is not {} then
					send theText to participant theNumber of item 1 of theAccounts
					set theService to "SMS"
				end if
			end if
		end tell
	end timeout
	return my joined(boundary, {theService})
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
