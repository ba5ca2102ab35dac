-- The card of whoever has a mail address: a vCard text, or nothing.
-- argv: boundary, timeout, mail address
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theAddress to item 3 of argv
	set theCards to {}
	with timeout of patience seconds
		tell application "Contacts"
			launch
			set thePeople to (every person whose value of emails contains theAddress)
			if thePeople is not {} then set end of theCards to vcard of item 1 of thePeople
		end tell
	end timeout
	return my joined(boundary, theCards)
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
