-- Cards of those called so (equal), or with it somewhere in their names (part): vCard texts.
-- argv: boundary, timeout, equal or part, most cards, names...
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theMode to item 3 of argv
	set theLimit to (item 4 of argv) as integer
	set theCards to {}
	with timeout of patience seconds
		tell application "Contacts"
			launch
			repeat with theItem in (items 5 thru -1 of argv)
				set theName to theItem as text
				if theMode is "equal" then
					set thePeople to (every person whose name is theName or nickname is theName or first name is theName or last name is theName or job title is theName or organization is theName)
				else
					set thePeople to (every person whose name contains theName or nickname contains theName or job title contains theName or organization contains theName)
				end if
				repeat with thePerson in thePeople
					if (count of theCards) < theLimit then set end of theCards to vcard of thePerson
				end repeat
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
