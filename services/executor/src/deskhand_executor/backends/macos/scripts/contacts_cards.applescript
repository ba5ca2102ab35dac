-- Cards by id: vCard texts.
-- argv: boundary, timeout, ids...
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theCards to {}
	with timeout of patience seconds
		tell application "Contacts"
			launch
			repeat with theItem in (items 3 thru -1 of argv)
				set theId to theItem as text
				if exists person id theId then set end of theCards to vcard of person id theId
			end repeat
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
