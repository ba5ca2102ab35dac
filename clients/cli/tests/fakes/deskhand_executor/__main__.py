import fake_service

fake_service.main("executor")
