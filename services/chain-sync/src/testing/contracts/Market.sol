// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "./Vault.sol";

/// Trades whose money lies in a vault: which deposit is whose, the market says, once the vault has told of it.
contract Market {
    enum State { None, Open, Funded, Disputed, Completed, Cancelled }

    struct Deal {
        State state;
        address seller;
        address buyer;
        uint256 depositId;
    }

    event Opened(address indexed seller, uint256 number, address buyer, uint256 amount);
    event DepositMade(address indexed seller, uint256 number, uint256 indexed depositId);
    event Ended(uint256 indexed depositId, uint8 how);
    event Disputed(uint256 indexed depositId);

    Vault public immutable vault;
    mapping(address => uint256) public opened;
    mapping(address => mapping(uint256 => Deal)) private _deals;
    mapping(uint256 => address) private _sellers;
    mapping(uint256 => uint256) private _numbers;

    constructor(Vault vault_) {
        vault = vault_;
    }

    function dealOf(address seller, uint256 number) external view returns (State state, uint256 held) {
        Deal storage deal = _deals[seller][number];
        return (deal.state, deal.depositId == 0 ? 0 : vault.held(deal.depositId));
    }

    function open(address buyer, uint256 amount) external {
        uint256 number = ++opened[msg.sender];
        _deals[msg.sender][number] = Deal(State.Open, msg.sender, buyer, 0);
        emit Opened(msg.sender, number, buyer, amount);
    }

    function fund(uint256 number) external payable {
        adopt(number, vault.deposit{value: msg.value}());
    }

    /// The deposit may lie in the vault for many blocks before.
    function adopt(uint256 number, uint256 depositId) public {
        Deal storage deal = _deals[msg.sender][number];
        (deal.state, deal.depositId) = (State.Funded, depositId);
        (_sellers[depositId], _numbers[depositId]) = (msg.sender, number);
        emit DepositMade(msg.sender, number, depositId);
    }

    function dispute(uint256 depositId) external {
        _dealOf(depositId).state = State.Disputed;
        emit Disputed(depositId);
    }

    function end(uint256 depositId, bool toBuyer) external {
        Deal storage deal = _dealOf(depositId);
        deal.state = toBuyer ? State.Completed : State.Cancelled;
        vault.payOut(depositId, payable(toBuyer ? deal.buyer : deal.seller), vault.held(depositId));
        emit Ended(depositId, toBuyer ? 1 : 2);
    }

    function _dealOf(uint256 depositId) private view returns (Deal storage) {
        return _deals[_sellers[depositId]][_numbers[depositId]];
    }
}
