-- A window with Mail's own forward of the selected mail, if it still is the same one; the text goes on the clipboard.
-- Gives opened or changed, and how many attachments Mail took.
-- argv: boundary, timeout, message id, text, number of recipients, number of copies, recipients and copies and files...
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theMessageId to item 3 of argv
	set theText to item 4 of argv
	set recipientCount to (item 5 of argv) as integer
	set copyCount to (item 6 of argv) as integer
	set theRecipients to my slice(argv, 7, recipientCount)
	set theCopies to my slice(argv, 7 + recipientCount, copyCount)
	set theFiles to my slice(argv, 7 + recipientCount + copyCount, (count of argv) - 6 - recipientCount - copyCount)
	with timeout of patience seconds
		tell application "Mail"
			launch
			set theMessages to selection
			if theMessages is missing value or theMessages is {} then return my joined(boundary, {"changed", 0})
			set theMail to item 1 of theMessages
			if message id of theMail is not theMessageId then return my joined(boundary, {"changed", 0})
			set theDraft to forward theMail with opening window
			delay 1
		end tell
		my addressTo(theDraft, theRecipients, theCopies)
		set theTaken to my attach(theDraft, theFiles)
		tell application "Mail" to activate
	end timeout
	if theText is not "" then set the clipboard to theText
	return my joined(boundary, {"opened", theTaken})
end run

on addressTo(theDraft, theRecipients, theCopies)
	tell application "Mail"
		repeat with theAddress in theRecipients
			tell theDraft to make new to recipient at end of to recipients with properties {address:(theAddress as text)}
		end repeat
		repeat with theAddress in theCopies
			tell theDraft to make new cc recipient at end of cc recipients with properties {address:(theAddress as text)}
		end repeat
	end tell
end addressTo

-- Attaches without ever setting the content, which Mail would turn into a quotation. Gives the number that Mail took.
on attach(theDraft, theFiles)
	if theFiles is {} then return 0
	set formerCount to my attachmentMarks(theDraft)
	repeat with thePath in theFiles
		try
			set theFile to (POSIX file (thePath as text)) as alias
			tell application "Mail"
				tell content of theDraft to make new attachment with properties {file name:theFile} at after the last paragraph
			end tell
		end try
	end repeat
	delay 1
	return (my attachmentMarks(theDraft)) - formerCount
end attach

-- Mail leaves one object replacement character in the text for each attachment, and counts them in no other way.
on attachmentMarks(theDraft)
	tell application "Mail" to set theText to (content of theDraft) as text
	if theText is "" then return 0
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to (character id 65532)
	set theCount to (count of text items of theText) - 1
	set AppleScript's text item delimiters to formerDelimiters
	return theCount
end attachmentMarks

on slice(theItems, theFirst, theCount)
	if theCount < 1 then return {}
	return items theFirst thru (theFirst + theCount - 1) of theItems
end slice

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
